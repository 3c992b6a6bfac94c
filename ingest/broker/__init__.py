"""The Celery application, and a broker that is a folder."""
