using System.Buffers.Binary;
using Engine.Storage.Frames;

namespace Engine.Storage.Journals;

/// <summary>
/// The place of a reader that goes on over restarts, kept in the journal's directory by name. Nothing from there on is deleted
/// (<see cref="Journal.Trim"/>). A name is for one reader at a time; the members are thread-safe otherwise.
/// </summary>
public static class JournalBookmark
{
    private const string Suffix = ".bookmark";
    private const int MaxNameLength = 64;
    private const uint Magic = 0x314B4A45;
    private const int Length = 32;

    /// <summary>Saves a place, durably. Blocks.</summary>
    /// <param name="directory">Where the journal is.</param>
    /// <param name="name">The reader's name: 1 to 64 of a to z, 0 to 9 and '-'.</param>
    /// <param name="position">Where the reader will go on.</param>
    /// <exception cref="ArgumentException">The name is not one.</exception>
    /// <exception cref="IOException">The disk has failed or is full; the old place stays.</exception>
    public static void Save(string directory, string name, JournalPosition position) =>
        Save(new DiskFiles(directory), NameOf(name), position);

    /// <summary>The place that was saved; null if none was, or if it is damaged.</summary>
    /// <inheritdoc cref="Save(string, string, JournalPosition)"/>
    public static JournalPosition? Find(string directory, string name) => Find(new DiskFiles(directory), NameOf(name));

    /// <summary>Forgets a reader, so that it protects nothing any more. Does nothing if there is none.</summary>
    /// <inheritdoc cref="Save(string, string, JournalPosition)"/>
    public static void Remove(string directory, string name) => new DiskFiles(directory).Delete(NameOf(name));

    /// <summary>The bookmark that is farthest behind; null if there is none. One that cannot be read protects everything.</summary>
    internal static (string Name, long Segment)? First(IJournalFiles files)
    {
        (string Name, long Segment)? first = null;
        foreach (string name in files.Names().Where(static name => name.EndsWith(Suffix, StringComparison.Ordinal)))
        {
            long segment = Find(files, name)?.Segment ?? 0;
            if (first is null || segment < first.Value.Segment)
                first = (name[..^Suffix.Length], segment);
        }

        return first;
    }

    internal static void Save(IJournalFiles files, string fileName, JournalPosition position)
    {
        byte[] bytes = new byte[Length];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Magic);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), position.Segment);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(16), position.Offset);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(24), Crc32C.Of(bytes.AsSpan(0, 24)));
        files.Replace(fileName, bytes);
    }

    private static JournalPosition? Find(IJournalFiles files, string fileName)
    {
        byte[] bytes = new byte[Length];
        try
        {
            using IJournalFile file = files.Open(fileName, writes: false);
            if (file.Read(bytes, 0) < Length || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Magic
                || BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(24)) != Crc32C.Of(bytes.AsSpan(0, 24)))
                return null;
        }
        catch (FileNotFoundException)
        {
            return null;
        }

        return new JournalPosition(
            BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(8)), BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(16)));
    }

    private static string NameOf(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return name.Length <= MaxNameLength && name.All(static c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-')
            ? name + Suffix
            : throw new ArgumentException($"A bookmark's name must be 1 to 64 of a to z, 0 to 9 and '-', but is \"{name}\".", nameof(name));
    }
}
