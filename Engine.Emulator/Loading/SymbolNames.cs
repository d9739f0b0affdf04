using System.Buffers;
using System.Text;

namespace Engine.Emulator.Loading;

/// <summary>
/// Makes names that people gave of those that compilers of C++ and Rust write: namespaces, classes and functions, without the types of
/// arguments. What has another form, such as operators and templates, stays as it is.
/// </summary>
/// <remarks>Itanium C++ ABI, "External Names (a.k.a. Mangling)"; Rust's older form is one of its nested names with a hash behind.</remarks>
internal static class SymbolNames
{
    private const int RustHashLength = 17;

    private static readonly SearchValues<char> s_hexDigits = SearchValues.Create("0123456789abcdef");

    public static string Demangle(string name)
    {
        if (!name.StartsWith("_Z", StringComparison.Ordinal))
            return name;
        ReadOnlySpan<char> rest = name.AsSpan(2);
        bool isNested = rest.StartsWith("N");
        rest = isNested ? rest[1..].TrimStart("KVr") : rest.TrimStart('L');
        var parts = new List<string>();
        while (TryTakePart(ref rest, out string part))
        {
            parts.Add(part);
            if (!isNested)
                break;
        }

        bool isWhole = parts.Count > 0 && (!isNested || rest.StartsWith("E"));
        if (!isWhole || (!isNested && rest.StartsWith("I")))
            return name;
        if (parts.Count > 1 && IsRustHash(parts[^1]))
            parts.RemoveAt(parts.Count - 1);
        return string.Join("::", parts);
    }

    private static bool TryTakePart(ref ReadOnlySpan<char> rest, out string part)
    {
        int digits = 0;
        int length = 0;
        while (digits < rest.Length && digits < 4 && char.IsAsciiDigit(rest[digits]))
            length = (length * 10) + rest[digits++] - '0';
        part = "";
        if (length == 0 || length > rest.Length - digits)
            return false;
        part = RustText(rest.Slice(digits, length).ToString());
        rest = rest[(digits + length)..];
        return true;
    }

    private static bool IsRustHash(string part) =>
        part.Length == RustHashLength && part[0] == 'h' && part.AsSpan(1).IndexOfAnyExcept(s_hexDigits) < 0;

    // "..", and what stands for signs that no symbol may have.
    private static string RustText(string part) => part.IndexOf('$') < 0 && !part.Contains("..", StringComparison.Ordinal)
        ? part
        : new StringBuilder(part.StartsWith("_$", StringComparison.Ordinal) ? part[1..] : part).Replace("..", "::").Replace("$LT$", "<")
            .Replace("$GT$", ">").Replace("$RF$", "&").Replace("$C$", ",").Replace("$u20$", " ").Replace("$u7b$", "{")
            .Replace("$u7d$", "}").ToString();
}
