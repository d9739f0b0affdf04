namespace Engine.Emulator.Devices;

/// <summary>Access to a part of a 64-bit register by narrower loads and stores.</summary>
internal static class RegisterWindow
{
    /// <summary>The <paramref name="size"/> bytes of <paramref name="register"/> that begin at <paramref name="byteOffset"/>.</summary>
    public static ulong Extract(ulong register, ulong byteOffset, int size) =>
        (register >> Shift(byteOffset)) & Mask(size);

    /// <summary><paramref name="register"/> with the bytes at <paramref name="byteOffset"/> replaced.</summary>
    public static ulong Insert(ulong register, ulong byteOffset, ulong value, int size)
    {
        ulong mask = Mask(size) << Shift(byteOffset);
        return (register & ~mask) | ((value << Shift(byteOffset)) & mask);
    }

    private static int Shift(ulong byteOffset) => (int)(byteOffset & 7) * 8;

    private static ulong Mask(int size) => size >= 8 ? ulong.MaxValue : (1UL << (size * 8)) - 1;
}
