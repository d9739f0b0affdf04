using System.Globalization;
using System.Text;

namespace Engine.Emulator.Loading;

/// <summary>Reads a <c>System.map</c>, which a Linux build leaves beside a stripped kernel: address, kind and name, a line each.</summary>
internal static class SymbolMap
{
    /// <summary>The functions that the file names.</summary>
    /// <exception cref="GuestLoadException">It is no such file.</exception>
    public static List<(ulong Address, string Name)> Functions(ReadOnlySpan<byte> file, string name)
    {
        var found = new List<(ulong, string)>();
        int number = 0;
        Span<Range> parts = stackalloc Range[5];
        foreach (ReadOnlySpan<char> line in Encoding.UTF8.GetString(file).AsSpan().EnumerateLines())
        {
            number++;
            if (line.Trim().IsEmpty)
                continue;
            int count = line.SplitAny(parts, " \t", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            // Behind the name of a module's symbol comes the module.
            if (count is not (3 or 4) || line[parts[1]].Length != 1
                || !ulong.TryParse(line[parts[0]], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong address))
                throw new GuestLoadException($"{name}: neither an ELF file nor a System.map (line {number} is not \"ADDRESS KIND NAME\")");
            if (line[parts[1]][0] is 't' or 'T' or 'w' or 'W' && line[parts[2]][0] is not ('$' or '.'))
                found.Add((address, line[parts[2]].ToString()));
        }

        return found;
    }
}
