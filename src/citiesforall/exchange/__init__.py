"""Data for others: SDMX, Open SDG, a data package, tiles and tables for maps, a workbook; from finished tables alone."""
