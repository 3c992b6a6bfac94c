"""Constants fitted after training: temperature and the blend's weights."""
