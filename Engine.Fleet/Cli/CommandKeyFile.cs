using System.Text;
using Engine.Cluster.Fleet;
using Engine.Tooling;

namespace Engine.Fleet.Cli;

/// <summary>
/// The keys of those who may command: a line each, <c>ISSUER HEXDIGITS VERB,VERB</c>, or <c>*</c> for all verbs. What begins with '#' is
/// a remark.
/// </summary>
internal static class CommandKeyFile
{
    private static readonly UTF8Encoding s_text = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="UsageException">The file cannot be read, or a line is none of these.</exception>
    public static IReadOnlyList<CommandKey> Read(string option, string file)
    {
        try
        {
            if (FileKinds.Of(file) != FileKind.Regular)
                throw new UsageException($"{option}: {file} is no file");
            var keys = new List<CommandKey>();
            int number = 0;
            foreach (string line in File.ReadLines(file, s_text))
            {
                number++;
                if (line.Length == 0 || line[0] == '#')
                    continue;
                string[] parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (Problem(parts, keys) is { } problem)
                    throw new UsageException($"{option}: {file}, line {number}: {problem}");
                keys.Add(new CommandKey(parts[0], Convert.FromHexString(parts[1]), parts[2].Split(',')));
            }

            return keys;
        }
        catch (DecoderFallbackException)
        {
            throw new UsageException($"{option}: {file} is no text: it has bytes that are not UTF-8");
        }
        catch (Exception error) when (OutputFile.IsExpected(error))
        {
            throw new UsageException($"{option}: {file} cannot be read ({error.Message})");
        }
    }

    private static string? Problem(string[] parts, List<CommandKey> keys)
    {
        const int Digits = 2 * FleetCommand.MinKeyBytes;
        if (parts.Length != 3)
            return $"there must be an issuer, a key and verbs, with spaces between; there are {parts.Length} parts";
        if (!CommandKey.IsIssuer(parts[0]))
            return $"an issuer has 1 to {CommandKey.MaxIssuerLength} letters, digits, '-', '_', '.' and '@'";
        if (keys.Exists(key => key.Issuer == parts[0]))
            return $"\"{parts[0]}\" is there twice";
        if (parts[1].Length < Digits || parts[1].Length % 2 != 0 || !parts[1].All(char.IsAsciiHexDigit))
            return $"a key has {Digits} or more hexadecimal digits, and an even number of them";
        // Not what stands there: it may be a part of a key.
        return parts[2].Split(',').All(CommandKey.IsVerb) ? null
            : "verbs are names of small letters, digits and '-', with one comma between two, or '*' for all";
    }
}
