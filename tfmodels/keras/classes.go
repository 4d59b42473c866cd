package keras

// trio returns the three settings that Keras has for a weight: initializer, regularizer
// and constraint.
func trio(weight, initializer string) []setting {
	return []setting{
		{weight + "_initializer", initializerFamily().read, defaultObject(initializerFamily(), initializer)},
		{weight + "_regularizer", orNull(regularizerFamily().read), nil},
		{weight + "_constraint", orNull(constraintFamily().read), nil},
	}
}

func join(groups ...[]setting) []setting {
	var all []setting
	for _, g := range groups {
		all = append(all, g...)
	}
	return all
}

// layerClasses returns the supported layers with all their settings except name,
// trainable and dtype.
func layerClasses() map[string][]setting {
	format := setting{"data_format", orNull(only("channels_last")), "channels_last"}
	activity := setting{"activity_regularizer", only(nil), nil}
	function := setting{"activation", activation, "linear"}
	bias := setting{"use_bias", flag, true}
	window := func(key string, value any) setting { return setting{key, pair, value} }
	padding := setting{"padding", oneOf("valid", "same"), "valid"}
	image := []setting{window("kernel_size", required{}), window("strides", [2]int{1, 1}), padding, format, window("dilation_rate", [2]int{1, 1}), function, bias, activity}
	pool := []setting{window("pool_size", [2]int{2, 2}), {"strides", orNull(pair), nil}, padding, format}
	global := []setting{format, {"keepdims", flag, false}}
	random := []setting{{"seed", anything, nil}}
	rate := setting{"rate", number, required{}}
	biasTrio := trio("bias", "Zeros")
	depthwise := trio("depthwise", "GlorotUniform")
	multiplier := setting{"depth_multiplier", whole(1), 1}
	one := setting{"groups", only(1), 1}
	return map[string][]setting{
		"Conv2D":          join([]setting{{"filters", whole(1), required{}}}, image, []setting{{"groups", whole(1), 1}}, trio("kernel", "GlorotUniform"), biasTrio),
		"DepthwiseConv2D": join(image, []setting{multiplier, one}, depthwise, biasTrio),
		"SeparableConv2D": join([]setting{{"filters", whole(1), required{}}}, image, []setting{multiplier, one, // Keras 2 writes a kernel's settings too, but uses none of them
			{"kernel_initializer", anything, nil}, {"kernel_regularizer", only(nil), nil}, {"kernel_constraint", only(nil), nil},
		}, depthwise, trio("pointwise", "GlorotUniform"), biasTrio),
		"Dense": join([]setting{{"units", whole(1), required{}}, function, bias, activity, {"quantization_config", only(nil), nil}}, trio("kernel", "GlorotUniform"), biasTrio),
		"BatchNormalization": join([]setting{
			{"axis", axes, []int{-1}}, {"momentum", number, 0.99}, {"epsilon", number, 1e-3}, {"center", flag, true}, {"scale", flag, true},
			{"synchronized", only(false), false}, {"renorm", only(false), false}, {"renorm_clipping", anything, nil}, {"renorm_momentum", anything, nil},
		}, trio("gamma", "Ones"), trio("beta", "Zeros"),
			[]setting{{"moving_mean_initializer", initializerFamily().read, defaultObject(initializerFamily(), "Zeros")}, {"moving_variance_initializer", initializerFamily().read, defaultObject(initializerFamily(), "Ones")}}),
		"LayerNormalization": join([]setting{
			{"axis", axes, []int{-1}}, {"epsilon", number, 1e-3}, {"center", flag, true}, {"scale", flag, true}, {"rms_scaling", only(false), false},
		}, trio("gamma", "Ones"), trio("beta", "Zeros")),
		"MaxPooling2D": pool, "AveragePooling2D": pool, "GlobalMaxPooling2D": global, "GlobalAveragePooling2D": global,
		"Activation": {function},
		"ReLU":       {{"max_value", orNull(number), nil}, {"negative_slope", number, 0.0}, {"threshold", number, 0.0}},
		"LeakyReLU":  {{"negative_slope", number, 0.3}},
		"ELU":        {{"alpha", number, 1.0}},
		"Softmax":    {{"axis", axes, []int{-1}}},
		"Dropout":    join([]setting{rate, {"noise_shape", only(nil), nil}}, random), "GaussianNoise": join([]setting{{"stddev", number, required{}}}, random),
		"SpatialDropout2D": join([]setting{rate, format, {"noise_shape", only(nil), nil}}, random),
		"Flatten":          {format}, "Reshape": {{"target_shape", axes, required{}}},
		"ZeroPadding2D": {{"padding", edges, [2][2]int{{1, 1}, {1, 1}}}, format}, "Cropping2D": {{"cropping", edges, [2][2]int{}}, format},
		"UpSampling2D": {window("size", [2]int{2, 2}), format, {"interpolation", oneOf("nearest", "bilinear"), "nearest"}},
		"Rescaling":    {{"scale", number, required{}}, {"offset", number, 0.0}},
		"Add":          nil, "Subtract": nil, "Multiply": nil, "Average": nil, "Maximum": nil,
		"Concatenate": {{"axis", whole(-1 << 31), -1}},
		"RandomFlip":  join([]setting{{"mode", oneOf("horizontal", "vertical", "horizontal_and_vertical"), "horizontal_and_vertical"}, format}, random),
		"RandomTranslation": join([]setting{
			{"height_factor", numbers, required{}}, {"width_factor", numbers, required{}}, {"fill_mode", oneOf("constant", "nearest", "reflect", "wrap"), "reflect"},
			{"interpolation", oneOf("nearest", "bilinear"), "bilinear"}, {"fill_value", number, 0.0}, format,
		}, random),
	}
}

// older maps keys of Keras 2 to their names in Keras 3.
var older = map[string]map[string]string{
	"LeakyReLU": {"alpha": "negative_slope"},
}
