using System.Globalization;
using System.Text;
using System.Text.Json;
using Engine.Emulator.Cpu;

namespace Engine.Emulator.Profiling;

/// <summary>Writes a tree of calls for those who draw it. Weights are retired instructions, and add up to all that have retired.</summary>
internal sealed class CallProfile(CallNode root, Func<ulong, string> functionName)
{
    /// <summary>All retired instructions.</summary>
    public ulong TotalInstructions => Stacks().Aggregate(0UL, static (sum, stack) => sum + stack.Instructions);

    /// <summary>Writes <see href="https://www.speedscope.app/file-format-schema.json">speedscope's</see> file format.</summary>
    public void WriteSpeedscope(Stream destination, string name)
    {
        using var writer = new Utf8JsonWriter(destination);
        var frames = new Dictionary<string, int>(StringComparer.Ordinal);
        List<(int[] Frames, ulong Instructions)> stacks =
            [.. Stacks().Select(stack => (stack.Functions.Select(IndexOf).ToArray(), stack.Instructions))];
        writer.WriteStartObject();
        writer.WriteString("$schema", "https://www.speedscope.app/file-format-schema.json");
        writer.WriteString("exporter", "engine-emulator");
        writer.WriteString("name", name);
        writer.WriteNumber("activeProfileIndex", 0);
        writer.WriteStartObject("shared");
        writer.WriteStartArray("frames");
        foreach (string frame in frames.Keys)
        {
            writer.WriteStartObject();
            writer.WriteString("name", frame);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteStartArray("profiles");
        writer.WriteStartObject();
        writer.WriteString("type", "sampled");
        writer.WriteString("name", "retired instructions of hart 0");
        writer.WriteString("unit", "none");
        writer.WriteNumber("startValue", 0);
        writer.WriteNumber("endValue", stacks.Aggregate(0UL, static (sum, stack) => sum + stack.Instructions));
        writer.WriteStartArray("samples");
        foreach ((int[] indexes, _) in stacks)
        {
            writer.WriteStartArray();
            foreach (int index in indexes)
                writer.WriteNumberValue(index);
            writer.WriteEndArray();
        }

        writer.WriteEndArray();
        writer.WriteStartArray("weights");
        foreach ((_, ulong instructions) in stacks)
            writer.WriteNumberValue(instructions);
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteEndObject();

        int IndexOf(ulong function)
        {
            string frame = functionName(function);
            if (!frames.TryGetValue(frame, out int index))
                frames.Add(frame, index = frames.Count);
            return index;
        }
    }

    /// <summary>Writes folded stacks, a line each, as flame graph tools take them.</summary>
    public void WriteFolded(Stream destination)
    {
        using var writer = new StreamWriter(destination, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true);
        foreach ((List<ulong> functions, ulong instructions) in Stacks())
        {
            writer.Write(string.Join(';', functions.Select(functionName)));
            writer.Write(' ');
            writer.Write(instructions.ToString(CultureInfo.InvariantCulture));
            writer.Write('\n');
        }
    }

    /// <summary>The stacks that instructions retired in, the outermost function first.</summary>
    private IEnumerable<(List<ulong> Functions, ulong Instructions)> Stacks()
    {
        var left = new Stack<CallNode>(root.Children);
        while (left.TryPop(out CallNode? node))
        {
            foreach (CallNode child in node.Children)
                left.Push(child);
            if (node.SelfInstructions == 0)
                continue;
            var functions = new List<ulong>();
            for (CallNode? at = node; at?.Parent is not null; at = at.Parent)
                functions.Add(at.Function);
            functions.Reverse();
            yield return (functions, node.SelfInstructions);
        }
    }
}
