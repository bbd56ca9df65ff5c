"""How the pocket models were made: data, training, evaluation."""
