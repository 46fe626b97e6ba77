namespace ZLayer.Core.Layers;

/// <summary>
/// Takes the entries of a layer in order. Whoever keeps layers in pieces need not be given content whose digest is known: it asks for it,
/// now or later, or never.
/// </summary>
internal interface ILayerOutput
{
    /// <summary>Whether digests of contents are wanted with <see cref="EndFile"/>.</summary>
    bool WantsDigests { get; }

    /// <summary>Writes an entry that has no content.</summary>
    void WriteEntry(TarEntry entry);

    /// <summary>Writes a regular file whose content comes from a stream, to its end.</summary>
    void WriteFile(TarEntry entry, Stream content);

    /// <summary>Begins a regular file; its content follows with <see cref="WriteContent"/>, then <see cref="EndFile"/>.</summary>
    void BeginFile(TarEntry entry);

    /// <summary>Writes the next bytes of a file's content.</summary>
    void WriteContent(ReadOnlySpan<byte> content);

    /// <summary>Ends a file.</summary>
    /// <param name="sha256">The digest of its content; may be empty where none is wanted.</param>
    void EndFile(ReadOnlySpan<byte> sha256);

    /// <summary>Writes a regular file of at least one byte whose content is known.</summary>
    /// <param name="entry">The file.</param>
    /// <param name="sha256">The digest of the content.</param>
    /// <param name="write">
    /// Gives all of the content to <see cref="WriteContent"/>. Called before <see cref="Complete"/> returns, or never.
    /// </param>
    void WriteKnown(TarEntry entry, ReadOnlySpan<byte> sha256, Action write);

    /// <summary>Ends the layer.</summary>
    void Complete();
}
