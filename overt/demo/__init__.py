"""The demo: the real server, the real agent and a real browser on a real screen, told in plain words."""
