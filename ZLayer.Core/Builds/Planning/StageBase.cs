namespace ZLayer.Core.Builds.Planning;

/// <summary>What a stage builds on, before anything is looked up.</summary>
internal abstract record StageBase
{
    /// <summary>An empty file system.</summary>
    public sealed record Scratch : StageBase
    {
        public override string ToString() => "scratch";
    }

    /// <summary>An earlier stage of the same plan.</summary>
    public sealed record Earlier(int Id, string Name) : StageBase
    {
        public override string ToString() => Name;
    }

    /// <summary>An image of the store or a registry.</summary>
    public sealed record Image(string Name) : StageBase
    {
        public override string ToString() => Errors.AddressRedaction.Redact(Name);
    }

    /// <summary>A named context.</summary>
    public sealed record NamedContext(string Name, string Value) : StageBase
    {
        public override string ToString() => $"{Name} ({Errors.AddressRedaction.Redact(Value)})";
    }
}
