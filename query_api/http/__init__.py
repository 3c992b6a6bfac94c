"""What every endpoint shares: context, headers, admission, metrics, logs, problems."""
