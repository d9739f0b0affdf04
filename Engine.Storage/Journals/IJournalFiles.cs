namespace Engine.Storage.Journals;

/// <summary>
/// What a journal needs of a directory, and no more: what is not in here, it does not rely on. Thread-safe. Errors are
/// <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>.
/// </summary>
internal interface IJournalFiles
{
    /// <summary>Where it is, for messages.</summary>
    string Directory { get; }

    /// <summary>Makes the directory if there is none, durably.</summary>
    void MakeDirectory();

    /// <summary>Becomes the only writer, until the result is disposed.</summary>
    /// <exception cref="IOException">There is one already.</exception>
    IDisposable Lock();

    /// <summary>The names of all files.</summary>
    IReadOnlyList<string> Names();

    /// <summary>Makes a file, which must not exist, and reserves space for it where that can be done.</summary>
    IJournalFile Create(string name, long capacity);

    /// <summary>Opens a file. Others may write it, and delete it, meanwhile.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    IJournalFile Open(string name, bool writes);

    /// <summary>Removes a file, if there is one.</summary>
    void Delete(string name);

    /// <summary>Gives a file another name; one that has that name is replaced, as one step.</summary>
    void Rename(string from, string to);

    /// <summary>Makes durable which names there are.</summary>
    void SynchronizeNames();
}

/// <summary>An open file of a journal.</summary>
internal interface IJournalFile : IDisposable
{
    /// <summary>Bytes, reserved ones included.</summary>
    long Length { get; }

    /// <summary>Reads what is there.</summary>
    /// <returns>Bytes read; less than the target has room for only at the end of the file.</returns>
    int Read(Span<byte> target, long offset);

    /// <summary>Writes all pieces, one behind the other. If it throws, some of the bytes may be there.</summary>
    void Write(IReadOnlyList<ReadOnlyMemory<byte>> pieces, long offset);

    /// <summary>Cuts the file, or lengthens it by zeros.</summary>
    void SetLength(long length);

    /// <summary>Makes durable what was written before; the name is not meant.</summary>
    void Synchronize();
}
