"""The server: takes sealed records, stores them, shows them to officers. Holds no key that opens one. Imports evidence only."""
