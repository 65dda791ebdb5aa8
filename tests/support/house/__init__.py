"""The house rules as functions: each takes what it judges and yields one offence per breach."""
