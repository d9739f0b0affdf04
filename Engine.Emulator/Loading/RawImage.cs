namespace Engine.Emulator.Loading;

/// <summary>A file and the physical address it is loaded to.</summary>
public readonly record struct RawImage(string Path, ulong Address)
{
    /// <summary>Parses <c>FILE@ADDRESS</c>. The last <c>@</c> separates, since a file name may contain one.</summary>
    /// <exception cref="FormatException">The text has no file, no <c>@</c> or no valid address.</exception>
    public static RawImage Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int separator = text.LastIndexOf('@');
        if (separator <= 0)
            throw new FormatException($"'{text}' is not of the form FILE@ADDRESS.");

        return new RawImage(text[..separator], GuestNumber.ParseAddress(text[(separator + 1)..]));
    }
}
