using System.Text.Json.Nodes;
using FleetChat.Simulators.Hosting;

namespace FleetChat.Simulators.Samsara;

/// <summary>A document's fields: each has a label and a type of its document's type, and the one member of its value that this type takes.</summary>
internal static class DocumentFields
{
    /// <exception cref="InvalidFieldException">It does not fit the document's type.</exception>
    public static JsonObject Checked(DocumentType type, Fields field, PhotoLinks links)
    {
        field.RefuseOthers("label", "type", "value");
        var (label, kind) = (field.Text("label", 255), field.Text("type", 50));
        if (!type.Fields.Any(known => known.Key == label && known.Value == kind))
            throw field.Bad("label", $"is no {kind} field of document type {type.Name}");
        var value = field.OptionalObject("value");
        if (value is { } given)
            Check(kind, given, links);
        var dropped = value is null || (links == PhotoLinks.Dropped && kind is "photo" or "scannedDocument");
        return SimulatorJson.Object(("label", label), ("type", kind), ("value", dropped ? new JsonObject() : JsonNode.Parse(value!.Value.Element.GetRawText())));
    }

    private static void Check(string kind, Fields value, PhotoLinks links)
    {
        switch (kind)
        {
            case "string":
                value.RefuseOthers("stringValue");
                value.OptionalText("stringValue", 2500, allowEmpty: true);
                break;
            case "number":
                value.RefuseOthers("numberValue");
                value.OptionalNumber("numberValue");
                break;
            case "dateTime":
                value.RefuseOthers("dateTimeValue");
                value.OptionalObject("dateTimeValue")?.OptionalTime("dateTime");
                break;
            case "multipleChoice":
                value.RefuseOthers("multipleChoiceValue");
                foreach (var choice in value.OptionalObjects("multipleChoiceValue") ?? [])
                    (_, _) = (choice.Text("value", 255), choice.OptionalFlag("selected"));
                break;
            case "photo" or "scannedDocument":
                CheckPictures(value, kind + "Value", links);
                break;
            case "signature":
                value.RefuseOthers("signatureValue");
                value.OptionalObject("signatureValue")?.OptionalText("name", 255);
                break;
            case "barcode":
                value.RefuseOthers("barcodeValue");
                foreach (var barcode in value.OptionalObjects("barcodeValue") ?? [])
                    barcode.Text("barcodeValue", 500);
                break;
        }
    }

    private static void CheckPictures(Fields value, string member, PhotoLinks links)
    {
        value.RefuseOthers(member);
        foreach (var picture in value.OptionalObjects(member) ?? [])
        {
            picture.RefuseOthers("id", "url");
            if (!picture.Has("id") && !picture.Has("url"))
                throw picture.Missing("id");
            if (picture.OptionalText("url", 2047) is { } url && (links == PhotoLinks.Refused || !Uri.TryCreate(url, UriKind.Absolute, out _)))
                throw picture.Bad("url", "is not accepted");
        }
    }
}
