"""How property tests look for examples: the same ones each time, however slow the machine is.

A property that fails for one example in ten thousand must not fail for whoever happens to draw that one. It is looked
for on purpose, with other examples each time: `make fuzz`.
"""

from hypothesis import HealthCheck, settings

SLOW = [HealthCheck.too_slow]
settings.register_profile("steady", deadline=None, derandomize=True, database=None, suppress_health_check=SLOW)
settings.register_profile("search", deadline=None, max_examples=3000, print_blob=True, suppress_health_check=SLOW)
settings.load_profile("steady")
