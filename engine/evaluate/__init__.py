"""How good screening is on a corpus: counts that can be added up, intervals, and figures. Pure: no files, no clock."""
