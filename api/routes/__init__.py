"""HTTP: who may ask what with which parameters, and how it is answered or refused."""
