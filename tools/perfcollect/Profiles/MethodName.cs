using System.Text;

namespace Engine.PerfCollect.Profiles;

/// <summary>Names of frames for people: type and method, without namespace, type arguments and parameters.</summary>
internal static class MethodName
{
    /// <summary>The short name with the module, as <c>Type.Method (Module)</c>.</summary>
    public static string WithModule(string frame)
    {
        int bang = frame.IndexOf('!', StringComparison.Ordinal);
        return bang < 0 ? frame
            : IsUnknown(frame) ? $"{Short(frame)} without symbols"
            : $"{Short(frame)} ({frame[..bang]})";
    }

    /// <summary>Whether only the module is known.</summary>
    public static bool IsUnknown(string frame) => frame.EndsWith("!unknown", StringComparison.Ordinal);

    /// <summary>Whether the frame is managed code: its name ends in parameters, and its module is no native library.</summary>
    public static bool IsManaged(string frame)
    {
        int bang = frame.IndexOf('!', StringComparison.Ordinal);
        return bang >= 0 && frame.EndsWith(')') && !frame.AsSpan(0, bang).Contains(".so", StringComparison.Ordinal);
    }

    /// <summary>The short name alone; where only the module is known, that in brackets.</summary>
    public static string Short(string frame)
    {
        int bang = frame.IndexOf('!', StringComparison.Ordinal);
        if (IsUnknown(frame))
            return $"[{frame[..bang]}]";
        string symbol = WithoutBrackets(frame.AsSpan(bang + 1));
        if (!IsManaged(frame))
            return symbol;
        int method = symbol.LastIndexOf('.');
        // A constructor's name begins with a dot of its own.
        if (method > 0 && symbol[method - 1] == '.')
            method--;
        int type = method <= 0 ? -1 : symbol.LastIndexOf('.', method - 1);
        return symbol[(type + 1)..];
    }

    // Also drops parameters, and the count of type arguments behind a backtick.
    private static string WithoutBrackets(ReadOnlySpan<char> symbol)
    {
        var text = new StringBuilder(symbol.Length);
        int depth = 0;
        for (int i = 0; i < symbol.Length; i++)
        {
            char c = symbol[i];
            if (depth == 0 && c == '(')
                break;
            if (c == '[')
                depth++;
            else if (c == ']')
                depth = Math.Max(depth - 1, 0);
            else if (depth == 0 && c == '`')
                while (i + 1 < symbol.Length && char.IsAsciiDigit(symbol[i + 1]))
                    i++;
            else if (depth == 0)
                text.Append(c);
        }

        return text.ToString();
    }
}
