"""Let ``python -m gram_es`` run the command ``gram-es``."""

from gram_es.cli import main

main(prog_name="gram-es")
