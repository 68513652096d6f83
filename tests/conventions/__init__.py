"""House rules that no off-the-shelf linter knows, held against the dbt project and the tree."""
