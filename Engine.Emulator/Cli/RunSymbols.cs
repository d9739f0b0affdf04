using Engine.Emulator.Guests;
using Engine.Emulator.Loading;
using Engine.Handlers.Vm;

namespace Engine.Emulator.Cli;

/// <summary>Names of the functions of what a run has loaded, and of the files that <c>--symbols</c> names. Thread-safe.</summary>
internal sealed class RunSymbols
{
    private readonly GuestSymbols _symbols = new();

    /// <exception cref="GuestLoadException">A file has no symbols.</exception>
    public RunSymbols(IReadOnlyList<string> files)
    {
        foreach (string file in files)
            _symbols.AddFile(GuestFile.ReadAllBytes(file), file);
    }

    /// <summary>Learns the functions of a program that was loaded.</summary>
    /// <param name="path">Its file; null for the bundled guest.</param>
    /// <param name="guest">Where it is.</param>
    public void Learn(string? path, LoadedGuest guest)
    {
        byte[] file = path is null ? BundledGuest.ReadAllBytes() : GuestFile.ReadAllBytes(path);
        if (file.AsSpan().StartsWith("\u007FELF"u8))
            _symbols.Add(file, path ?? BundledGuest.Name, guest.EntryPoint);
    }

    /// <summary>The function at an address, or the address itself where none is known.</summary>
    public string NameOf(ulong address) => _symbols.NameOf(address);

    /// <summary>The function at an address, with the offset in it; null where none is known.</summary>
    public string? Find(ulong address) => _symbols.Find(address);

    /// <summary>Adds blocks up by their functions, those with the greatest share first; blocks without a name are left out.</summary>
    public IReadOnlyList<HotFunction> Sum(IReadOnlyList<HotBlock> blocks, int count) =>
    [
        .. blocks.Select(block => (Name: _symbols.FindFunction(block.FirstPc), block.InstructionShare))
            .Where(static block => block.Name is not null).GroupBy(static block => block.Name!)
            .Select(static function => new HotFunction(function.Key, function.Sum(static block => block.InstructionShare)))
            .OrderByDescending(static function => function.InstructionShare).Take(count),
    ];
}

/// <summary>A function of a guest's code.</summary>
/// <param name="Name">Its name.</param>
/// <param name="InstructionShare">The share that its hot blocks have of all instructions, from 0 to 1.</param>
internal sealed record HotFunction(string Name, double InstructionShare);
