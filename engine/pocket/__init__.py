"""The pocket models: a tiny bilingual scorer and a tiny VQGAN that ship inside the package."""
