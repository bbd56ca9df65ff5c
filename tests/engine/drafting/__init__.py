"""Pictures that begin with the drafts of a drafter."""
