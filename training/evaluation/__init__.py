"""Evaluation of the pocket models: batch painting, judgements and contact sheets."""
