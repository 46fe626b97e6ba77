mkdir -p context/empty context/tree/hollow/inner
chmod 0711 context/empty
