namespace Engine.Emulator.Loading;

/// <summary>A kernel and the physical address it is loaded to, or null for the usual one.</summary>
public readonly record struct KernelFile(string Path, ulong? Address)
{
    /// <summary>Parses <c>FILE</c> or <c>FILE@ADDRESS</c>. The last <c>@</c> separates, where an address follows it.</summary>
    /// <exception cref="FormatException">There is no file.</exception>
    public static KernelFile Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length == 0)
            throw new FormatException("'' is not of the form FILE or FILE@ADDRESS.");
        int separator = text.LastIndexOf('@');
        return separator > 0 && separator + 1 < text.Length && char.IsAsciiDigit(text[separator + 1])
            ? new KernelFile(text[..separator], GuestNumber.ParseAddress(text[(separator + 1)..]))
            : new KernelFile(text, null);
    }
}
