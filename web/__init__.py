"""Everything that speaks HTTP inwards: pages for people, documents for machines. Thin: the domain decides."""
