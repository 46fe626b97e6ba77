namespace ZLayer.Loader;
