"""Training: codebook, teachers, and the stages that end in a model folder."""
