"""The Celery application and the broker in a folder."""
