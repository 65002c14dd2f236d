"""The server: stores sealed records and shows them to officers. Holds no key that opens one. Imports evidence only."""
