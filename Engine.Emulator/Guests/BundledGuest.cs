namespace Engine.Emulator.Guests;

/// <summary>The program that runs when no other is given. Its sources and Makefile lie beside this file.</summary>
public static class BundledGuest
{
    /// <summary>What messages call it.</summary>
    public const string Name = "guest.elf";

    /// <summary>What messages call the programs that it starts.</summary>
    public const string ProgramsName = "user.elf";

    /// <summary>Opens the ELF file.</summary>
    public static Stream Open() => Open(Name);

    /// <summary>The whole ELF file.</summary>
    public static byte[] ReadAllBytes() => ReadAllBytes(Name);

    /// <summary>The ELF file of the programs that it contains and starts, for the names of their functions.</summary>
    public static byte[] ReadPrograms() => ReadAllBytes(ProgramsName);

    private static Stream Open(string name) =>
        typeof(BundledGuest).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"{name} is not part of the assembly.");

    private static byte[] ReadAllBytes(string name)
    {
        using Stream stream = Open(name);
        byte[] contents = new byte[stream.Length];
        stream.ReadExactly(contents);
        return contents;
    }
}
