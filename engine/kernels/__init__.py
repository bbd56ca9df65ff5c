"""Operations whose gradient keeps little memory and costs little time while weights are frozen."""
