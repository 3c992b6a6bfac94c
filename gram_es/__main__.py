"""Run the command ``gram-es`` as ``python -m gram_es``."""

from gram_es.cli import main

main(prog_name="gram-es")
