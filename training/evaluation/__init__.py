"""Evaluation of the pocket models: batch painting, judgements, contact sheets, sharpness."""
