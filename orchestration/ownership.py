"""Who answers for an asset that no dbt group names an owner of."""

OWNER = "maintainers@marketflow.invalid"
