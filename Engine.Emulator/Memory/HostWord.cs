namespace Engine.Emulator.Memory;

/// <summary>Little-endian accesses to host memory by size.</summary>
internal static unsafe class HostWord
{
    /// <summary>Reads 1, 2, 4 or 8 bytes, zero-extended.</summary>
    public static ulong Read(byte* source, int size) => size switch
    {
        1 => *source,
        2 => *(ushort*)source,
        4 => *(uint*)source,
        _ => *(ulong*)source,
    };

    /// <summary>Writes the low 1, 2, 4 or 8 bytes of a value.</summary>
    public static void Write(byte* destination, int size, ulong value)
    {
        switch (size)
        {
            case 1:
                *destination = (byte)value;
                break;
            case 2:
                *(ushort*)destination = (ushort)value;
                break;
            case 4:
                *(uint*)destination = (uint)value;
                break;
            default:
                *(ulong*)destination = value;
                break;
        }
    }
}
