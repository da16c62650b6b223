"""OpenAPI documents: read strictly, walked by kind, compared with their version's rules. Nothing is fetched."""
