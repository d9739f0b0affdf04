namespace Engine.Emulator.Guests;

/// <summary>The program that runs when no other is given. Its sources and Makefile lie beside this file.</summary>
public static class BundledGuest
{
    /// <summary>What messages call it.</summary>
    public const string Name = "guest.elf";

    /// <summary>Opens the ELF file.</summary>
    public static Stream Open() =>
        typeof(BundledGuest).Assembly.GetManifestResourceStream(Name)
            ?? throw new InvalidOperationException($"{Name} is not part of the assembly.");

    /// <summary>The whole ELF file.</summary>
    public static byte[] ReadAllBytes()
    {
        using var stream = Open();
        byte[] contents = new byte[stream.Length];
        stream.ReadExactly(contents);
        return contents;
    }
}
