"""The connections of clients: slow or broken clients never take a thread, nor the last place."""
