namespace Engine.Primitives;

/// <summary>What is said of an exception of foreign code: its members are foreign code too, and may throw.</summary>
internal static class ForeignText
{
    /// <summary>The message of an exception; empty if it cannot be had.</summary>
    public static string MessageOf(Exception exception)
    {
        try
        {
            return exception.Message ?? "";
        }
        catch (Exception)
        {
            return "";
        }
    }

    /// <summary>Type and message of an exception.</summary>
    public static string Of(Exception exception) => $"{exception.GetType()}: {MessageOf(exception)}";
}
