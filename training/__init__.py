"""How the pocket models were made: data, recipe, evaluation."""
