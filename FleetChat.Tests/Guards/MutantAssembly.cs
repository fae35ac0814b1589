using FleetChat.Core.Data;
using Mono.Cecil;
using Mono.Cecil.Cil;
using Mono.Cecil.Rocks;

namespace FleetChat.Tests.Guards;

/// <summary>
/// A folder with everything that these tests run on, and a copy of Core in it that holds every mutant, asleep: each place that
/// one of them changes asks first whether that one is awake. The product has no such question.
/// </summary>
internal static class MutantAssembly
{
    private const string Core = "FleetChat.Core.dll";

    /// <returns>The tests' own assembly there.</returns>
    public static string Create(string folder)
    {
        foreach (var entry in Directory.EnumerateFileSystemEntries(AppContext.BaseDirectory).Where(entry => Path.GetFileName(entry) != Core)) Put(entry, folder);
        Write(Path.Combine(AppContext.BaseDirectory, Core), Path.Combine(folder, Core));
        return Path.Combine(folder, Path.GetFileName(typeof(Program).Assembly.Location));
    }

    // The host takes what lies where the program's real file is: that and what describes it are copies, the rest is linked.
    private static void Put(string entry, string folder)
    {
        var there = Path.Combine(folder, Path.GetFileName(entry));
        if (Path.GetFileName(entry).StartsWith("FleetChat.Tests.", StringComparison.Ordinal)) File.Copy(entry, there);
        else File.CreateSymbolicLink(there, entry);
    }

    public static void Write(string from, string to)
    {
        using var assembly = AssemblyDefinition.ReadAssembly(from);
        var module = assembly.MainModule;
        var awake = AddSwitch(module);
        foreach (var mutant in Mutant.Run)
        {
            var asks = new Question(module, awake, mutant.Guard.ToString());
            foreach (var edit in mutant.Edits) Make(edit, module, asks);
        }
        assembly.Write(to);
    }

    private static FieldDefinition AddSwitch(ModuleDefinition module)
    {
        var (space, name) = (Mutant.Switch[..Mutant.Switch.LastIndexOf('.')], Mutant.Switch[(Mutant.Switch.LastIndexOf('.') + 1)..]);
        var type = new TypeDefinition(space, name, TypeAttributes.Public | TypeAttributes.Abstract | TypeAttributes.Sealed, module.TypeSystem.Object);
        var awake = new FieldDefinition(Mutant.Awake, FieldAttributes.Public | FieldAttributes.Static, module.TypeSystem.String);
        type.Fields.Add(awake);
        module.Types.Add(type);
        return awake;
    }

    private static void Make(Edit edit, ModuleDefinition module, Question asks)
    {
        switch (edit)
        {
            case Returns returns:
                ReturnAtOnce(module.GetType(returns.Type.FullName).Methods.Single(method => method.Name == returns.Method), returns.Value, asks);
                break;
            case Words words:
                Replace(words, module, asks);
                break;
            case Schema:
                break;
            default:
                throw new NotSupportedException($"{edit} is no change that is known here.");
        }
    }

    private static void ReturnAtOnce(MethodDefinition method, bool? value, Question asks)
    {
        method.Body.SimplifyMacros();
        var il = method.Body.GetILProcessor();
        var first = method.Body.Instructions[0];
        var answer = value is { } known ? [il.Create(known ? OpCodes.Ldc_I4_1 : OpCodes.Ldc_I4_0)] : Nothing(method, il);
        foreach (var instruction in (Instruction[])[.. asks.IsAsleep(il, first), .. answer, il.Create(OpCodes.Ret)]) il.InsertBefore(first, instruction);
        method.Body.OptimizeMacros();
    }

    private static Instruction[] Nothing(MethodDefinition method, ILProcessor il)
    {
        if (!method.ReturnType.IsValueType) return [il.Create(OpCodes.Ldnull)];
        var nothing = new VariableDefinition(method.ReturnType);
        method.Body.Variables.Add(nothing);
        method.Body.InitLocals = true;
        return [il.Create(OpCodes.Ldloca, nothing), il.Create(OpCodes.Initobj, method.ReturnType), il.Create(OpCodes.Ldloc, nothing)];
    }

    private static void Replace(Words words, ModuleDefinition module, Question asks)
    {
        var places = module.GetTypes().SelectMany(type => type.Methods).Where(method => method.HasBody)
            .SelectMany(method => method.Body.Instructions.Where(i => i.OpCode == OpCodes.Ldstr && ((string)i.Operand).Contains(words.From, StringComparison.Ordinal)).Select(i => (Method: method, Loads: i)))
            .ToList();
        if (places.Select(place => (string)place.Loads.Operand).Distinct().Count() != 1) throw new InvalidOperationException($"{words.Of}: its words are not those of one statement: {words.From}");
        foreach (var (method, loads) in places)
        {
            method.Body.SimplifyMacros();
            var il = method.Body.GetILProcessor();
            var statement = (string)loads.Operand;
            // The instruction itself stays, because others jump to it: it loads the changed statement, and the old one takes its place again where the mutant sleeps.
            var done = il.Create(OpCodes.Nop);
            il.InsertAfter(loads, done);
            loads.Operand = statement.Replace(words.From, words.To, StringComparison.Ordinal);
            foreach (var instruction in (Instruction[])[.. asks.IsAwake(il, done), il.Create(OpCodes.Pop), il.Create(OpCodes.Ldstr, statement)]) il.InsertBefore(done, instruction);
            method.Body.OptimizeMacros();
        }
    }

    /// <summary>Whether one mutant is awake.</summary>
    private sealed class Question(ModuleDefinition module, FieldDefinition awake, string name)
    {
        public Instruction[] IsAsleep(ILProcessor il, Instruction then) => [.. Ask(il), il.Create(OpCodes.Brfalse, then)];

        public Instruction[] IsAwake(ILProcessor il, Instruction then) => [.. Ask(il), il.Create(OpCodes.Brtrue, then)];

        private Instruction[] Ask(ILProcessor il)
        {
            var text = module.TypeSystem.String;
            var equals = new MethodReference("op_Equality", module.TypeSystem.Boolean, text) { Parameters = { new(text), new(text) } };
            return [il.Create(OpCodes.Ldsfld, awake), il.Create(OpCodes.Ldstr, name), il.Create(OpCodes.Call, equals)];
        }
    }
}
