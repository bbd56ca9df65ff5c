"""VQGAN's second stage: a transformer that learned the codes of one VQGAN."""
