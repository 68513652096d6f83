"""Financial Modeling Prep: prices of all classes, company data, treasury rates."""
