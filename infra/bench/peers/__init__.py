"""Other people's libraries, each in an environment of its own: programs that do there what ours does here.

They import nothing of ours, and say what they found as JSON.
"""
