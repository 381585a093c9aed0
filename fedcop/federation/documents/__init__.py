"""What is given to whoever asks: documents and collections by path. Knows neither HTTP nor signatures."""
