"""Z3 as a second reader of models: at finite scopes, and over sorts of any size."""
