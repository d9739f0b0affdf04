using System.Globalization;
using System.Text;
using System.Text.Json;
using Engine.Emulator.Cpu;
using Engine.Tooling.Pictures;

namespace Engine.Emulator.Profiling;

/// <summary>
/// Writes the trees of calls of one or more harts for those who draw them, or draws them. Weights are retired instructions, and add up to
/// all that have retired.
/// </summary>
/// <param name="harts">The roots of the harts' trees, in the order of their numbers.</param>
/// <param name="functionName">Names a function by its address.</param>
internal sealed class CallProfile(IReadOnlyList<CallNode> harts, Func<ulong, string> functionName)
{
    private static readonly FlameGraphSvg Graph = new() { Amount = Amount, Color = ColorOf };

    /// <summary>All retired instructions.</summary>
    public ulong TotalInstructions => harts.Aggregate(0UL, static (sum, root) => sum + Sum(root));

    /// <summary>
    /// Writes <see href="https://www.speedscope.app/file-format-schema.json">speedscope's</see> format: a profile for each hart.
    /// </summary>
    public void WriteSpeedscope(Stream destination, string name)
    {
        using var writer = new Utf8JsonWriter(destination);
        var frames = new Dictionary<string, int>(StringComparer.Ordinal);
        List<List<(int[] Frames, ulong Instructions)>> stacksOfHarts =
        [
            .. harts.Select(root => Stacks(root)
                .Select(stack => (stack.Functions.Select(IndexOf).ToArray(), stack.Instructions)).ToList()),
        ];
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
        for (int hart = 0; hart < harts.Count; hart++)
            WriteProfile(writer, hart, stacksOfHarts[hart]);
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

    /// <summary>
    /// Writes folded stacks, a line each, as flame graph tools take them. Of several harts each is the root of its stacks.
    /// </summary>
    public void WriteFolded(Stream destination)
    {
        using var writer = new StreamWriter(destination, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true);
        foreach ((IEnumerable<string> names, ulong instructions) in NamedStacks())
        {
            writer.Write(string.Join(';', names));
            writer.Write(' ');
            writer.Write(instructions.ToString(CultureInfo.InvariantCulture));
            writer.Write('\n');
        }
    }

    /// <summary>Draws a flame graph as SVG.</summary>
    public void WriteFlameGraph(Stream destination, string name)
    {
        var root = new FlameNode("all");
        foreach ((IEnumerable<string> names, ulong instructions) in NamedStacks())
            root.Add(names, instructions);
        using var writer = new StreamWriter(destination, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true);
        writer.Write(Graph.Draw(root, name, Amount(TotalInstructions)));
    }

    private static void WriteProfile(Utf8JsonWriter writer, int hart, List<(int[] Frames, ulong Instructions)> stacks)
    {
        writer.WriteStartObject();
        writer.WriteString("type", "sampled");
        writer.WriteString("name", string.Create(CultureInfo.InvariantCulture, $"retired instructions of hart {hart}"));
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
    }

    private IEnumerable<(IEnumerable<string> Names, ulong Instructions)> NamedStacks()
    {
        for (int hart = 0; hart < harts.Count; hart++)
        {
            string[] above = harts.Count == 1 ? [] : [string.Create(CultureInfo.InvariantCulture, $"hart {hart}")];
            foreach ((List<ulong> functions, ulong instructions) in Stacks(harts[hart]))
                yield return (above.Concat(functions.Select(functionName)), instructions);
        }
    }

    /// <summary>The stacks that instructions retired in, the outermost function first.</summary>
    private static IEnumerable<(List<ulong> Functions, ulong Instructions)> Stacks(CallNode root)
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

    private static ulong Sum(CallNode root) => Stacks(root).Aggregate(0UL, static (sum, stack) => sum + stack.Instructions);

    private static string Amount(double instructions) => string.Create(CultureInfo.InvariantCulture, $"{instructions:N0} instructions");

    // Warm where there is a name, and grey where there is only an address.
    private static string ColorOf(string frame)
    {
        uint shade = FlameGraphSvg.Hash(frame);
        return frame.StartsWith("0x", StringComparison.Ordinal)
            ? "#d7d7d7"
            : $"hsl({14 + (shade % 40)}, {70 + (shade / 40 % 15)}%, {66 + (shade / 600 % 10)}%)";
    }
}
