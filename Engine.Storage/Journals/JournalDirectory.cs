using System.Globalization;

namespace Engine.Storage.Journals;

/// <summary>Which files of a directory are a journal's segments.</summary>
internal static class JournalDirectory
{
    private const string Prefix = "journal-";
    private const string Suffix = ".seg";

    public static string NameOf(long segment) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{segment:D10}{Suffix}");

    /// <summary>The numbers of the segments, ascending.</summary>
    /// <exception cref="IOException">The directory cannot be read.</exception>
    public static List<long> Segments(IJournalFiles files)
    {
        var numbers = new List<long>();
        foreach (string name in files.Names())
        {
            if (name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(Suffix, StringComparison.Ordinal)
                && name.Length > Prefix.Length + Suffix.Length
                && long.TryParse(name.AsSpan(Prefix.Length, name.Length - Prefix.Length - Suffix.Length), NumberStyles.None,
                    CultureInfo.InvariantCulture, out long number) && number > 0)
                numbers.Add(number);
        }

        numbers.Sort();
        return numbers;
    }
}
