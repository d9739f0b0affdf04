using Engine.Bus;

namespace Engine.Compatibility;

/// <summary>Tells names that an event type of the new kind can have from those that only old events have.</summary>
internal static class EventNames
{
    public static bool IsName(string text)
    {
        try
        {
            return EventNamePattern.Parse(text).IsLiteral;
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
