using System.Buffers.Binary;
using System.Text;

namespace Engine.Tests.Emulator.Platform;

/// <summary>A node of a device tree as a consumer reads it, independent of the writer under test.</summary>
internal sealed class FdtNode(string name)
{
    public string Name { get; } = name;

    public Dictionary<string, byte[]> Properties { get; } = [];

    public List<FdtNode> Children { get; } = [];

    public FdtNode this[string path] => path.Split('/').Aggregate(this, (node, part) => node.Children.Single(c => c.Name == part));

    public uint[] Cells(string property) =>
        [.. Properties[property].Chunk(4).Select(cell => BinaryPrimitives.ReadUInt32BigEndian(cell))];

    public ulong[] Cells64(string property) =>
        [.. Properties[property].Chunk(8).Select(cell => BinaryPrimitives.ReadUInt64BigEndian(cell))];

    public string[] Strings(string property)
    {
        string text = Encoding.UTF8.GetString(Properties[property]);
        Assert.That(text, Does.EndWith("\0"));
        return text[..^1].Split('\0');
    }

    /// <summary>All nodes below this one and itself.</summary>
    public IEnumerable<FdtNode> All() => Children.SelectMany(child => child.All()).Prepend(this);

    public static FdtNode Parse(byte[] blob)
    {
        uint[] header = [.. blob.Take(40).Chunk(4).Select(cell => BinaryPrimitives.ReadUInt32BigEndian(cell))];
        Assert.That((header[0], header[1], header[5], header[6]), Is.EqualTo((0xD00D_FEEDu, (uint)blob.Length, 17u, 16u)));
        Assert.That(header[4] % 8, Is.Zero, "The reservation block has to be aligned to 8 bytes.");
        Assert.That(blob.AsSpan((int)header[4], 16).IndexOfAnyExcept((byte)0), Is.EqualTo(-1));
        int position = (int)header[2];
        Assert.That(ReadCell(blob, ref position), Is.EqualTo(1));
        var root = ParseNode(blob, ref position, strings: (int)header[3]);
        Assert.That(ReadCell(blob, ref position), Is.EqualTo(9));
        Assert.That(position, Is.EqualTo(header[2] + header[9]));
        return root;
    }

    private static FdtNode ParseNode(byte[] blob, ref int position, int strings)
    {
        var node = new FdtNode(ReadText(blob, position));
        position = (position + node.Name.Length + 4) & ~3;
        while (true)
        {
            switch (ReadCell(blob, ref position))
            {
                case 1:
                    node.Children.Add(ParseNode(blob, ref position, strings));
                    break;
                case 2:
                    return node;
                case 3:
                    int length = (int)ReadCell(blob, ref position);
                    string property = ReadText(blob, strings + (int)ReadCell(blob, ref position));
                    node.Properties.Add(property, blob.AsSpan(position, length).ToArray());
                    position = (position + length + 3) & ~3;
                    break;
                default:
                    throw new InvalidDataException("Unknown token.");
            }
        }
    }

    private static uint ReadCell(byte[] blob, ref int position)
    {
        uint cell = BinaryPrimitives.ReadUInt32BigEndian(blob.AsSpan(position));
        position += 4;
        return cell;
    }

    private static string ReadText(byte[] blob, int start) =>
        Encoding.ASCII.GetString(blob.AsSpan(start, blob.AsSpan(start).IndexOf((byte)0)));
}
